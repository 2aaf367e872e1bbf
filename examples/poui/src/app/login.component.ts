import { HttpErrorResponse } from '@angular/common/http';
import { Component, inject, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';
import { PoButtonModule, PoButtonType, PoContainerModule, PoFieldModule, PoNotificationService } from '@po-ui/ng-components';
import { SessionService } from './session.service';

@Component({
  selector: 'app-login',
  imports: [FormsModule, PoButtonModule, PoContainerModule, PoFieldModule],
  styles: `
    :host { display: block; max-width: 26rem; margin: 12vh auto 0; padding: 0 1rem; }
    h1 { font-family: var(--font-family-theme, sans-serif); font-size: 1.5rem; margin: 0 0 1.5rem; }
    po-button { display: block; margin-top: 1.5rem; }
  `,
  template: `
    <po-container>
      <h1>Customers</h1>
      <form (ngSubmit)="login()">
        <po-login name="username" p-label="User" p-required p-auto-focus [(ngModel)]="username" />
        <po-password name="password" p-label="Password" p-required [(ngModel)]="password" />
        <po-button p-label="Log in" p-kind="primary" [p-type]="submit" [p-loading]="busy()" />
      </form>
    </po-container>
  `,
})
export class LoginComponent {
  private readonly session = inject(SessionService);
  private readonly notification = inject(PoNotificationService);

  protected readonly submit = PoButtonType.Submit;
  protected username = '';
  protected password = '';
  protected readonly busy = signal(false);

  protected login(): void {
    if (this.busy() || !this.username || !this.password) {
      return;
    }
    this.busy.set(true);
    this.session.login(this.username, this.password).subscribe({
      error: (error: HttpErrorResponse) => this.refused(error),
    });
  }

  private refused(error: HttpErrorResponse): void {
    this.busy.set(false);
    this.password = '';
    this.notification.error(
      error.status === 400 || error.status === 401
        ? 'User or password is wrong.'
        : `The server does not let anybody in now (${error.status}).`,
    );
  }
}
