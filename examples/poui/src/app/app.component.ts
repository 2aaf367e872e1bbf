import { Component, inject } from '@angular/core';
import { CustomersComponent } from './customers.component';
import { LoginComponent } from './login.component';
import { SessionService } from './session.service';

@Component({
  selector: 'app-root',
  imports: [CustomersComponent, LoginComponent],
  template: `
    @if (session.open()) {
      <app-customers />
    } @else {
      <app-login />
    }
  `,
})
export class AppComponent {
  protected readonly session = inject(SessionService);
}
