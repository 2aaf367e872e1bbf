import { provideHttpClient, withInterceptorsFromDi, HTTP_INTERCEPTORS } from '@angular/common/http';
import { importProvidersFrom, provideZoneChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideNoopAnimations } from '@angular/platform-browser/animations';
import { provideRouter } from '@angular/router';
import { PoInterceptorsModule } from '@po-ui/ng-components';
import { AppComponent } from './app/app.component';
import { BearerInterceptor } from './app/bearer.interceptor';

bootstrapApplication(AppComponent, {
  providers: [
    provideZoneChangeDetection({ eventCoalescing: true }),
    provideRouter([]),
    provideNoopAnimations(),
    // PO UI's interceptor shows what the API says of errors; ours, behind it, puts the token in.
    importProvidersFrom(PoInterceptorsModule),
    { provide: HTTP_INTERCEPTORS, useClass: BearerInterceptor, multi: true },
    provideHttpClient(withInterceptorsFromDi()),
  ],
});
