import { HttpErrorResponse, HttpEvent, HttpHandler, HttpInterceptor, HttpRequest } from '@angular/common/http';
import { inject, Injectable } from '@angular/core';
import { Observable, catchError, switchMap, throwError } from 'rxjs';
import { SessionService } from './session.service';

/** Puts the token into requests; a request that is refused with an old one is sent again with a new one. */
@Injectable()
export class BearerInterceptor implements HttpInterceptor {
  private readonly session = inject(SessionService);

  intercept(request: HttpRequest<unknown>, next: HttpHandler): Observable<HttpEvent<unknown>> {
    return next.handle(this.bearing(request, this.session.accessToken)).pipe(
      catchError((error: unknown) => {
        if (!(error instanceof HttpErrorResponse) || error.status !== 401) {
          return throwError(() => error);
        }
        return this.again(request, next, error);
      }),
    );
  }

  private again(request: HttpRequest<unknown>, next: HttpHandler, refused: HttpErrorResponse): Observable<HttpEvent<unknown>> {
    if (!this.session.renewable) {
      this.session.logout();
      return throwError(() => refused);
    }
    return this.session.renew().pipe(
      catchError(() => {
        this.session.logout();
        return throwError(() => refused);
      }),
      switchMap((token) => next.handle(this.bearing(request, token))),
    );
  }

  private bearing(request: HttpRequest<unknown>, token?: string): HttpRequest<unknown> {
    return token ? request.clone({ setHeaders: { Authorization: `Bearer ${token}` } }) : request;
  }
}
