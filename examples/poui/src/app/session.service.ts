import { HttpBackend, HttpClient, HttpParams } from '@angular/common/http';
import { computed, inject, Injectable, signal } from '@angular/core';
import { Observable, finalize, map, shareReplay, tap } from 'rxjs';
import { rest } from './api';

/** What the token endpoint answers. */
interface Grant {
  access_token: string;
  refresh_token?: string;
}

/**
 * Who uses the page. The tokens are in memory only: a reload of the page asks for the
 * password again, and no other page finds them in a store of the browser.
 */
@Injectable({ providedIn: 'root' })
export class SessionService {
  private readonly http = new HttpClient(inject(HttpBackend)); // without interceptors
  private readonly grant = signal<Grant | undefined>(undefined);
  private renewal?: Observable<string>;

  readonly open = computed(() => this.grant() !== undefined);

  get accessToken(): string | undefined {
    return this.grant()?.access_token;
  }

  get renewable(): boolean {
    return this.grant()?.refresh_token !== undefined;
  }

  login(username: string, password: string): Observable<string> {
    return this.ask({ grant_type: 'password', username, password });
  }

  /** Asks for a new token; all that ask at the same time share the answer. */
  renew(): Observable<string> {
    this.renewal ??= this.ask({ grant_type: 'refresh_token', refresh_token: this.grant()?.refresh_token ?? '' }).pipe(
      finalize(() => (this.renewal = undefined)),
      shareReplay(1),
    );
    return this.renewal;
  }

  logout(): void {
    this.grant.set(undefined);
  }

  /** The credentials go in the body as a form: never in the address. */
  private ask(form: Record<string, string>): Observable<string> {
    return this.http.post<Grant>(`${rest}/api/oauth2/v1/token`, new HttpParams({ fromObject: form })).pipe(
      tap((grant) => this.grant.set(grant)),
      map((grant) => grant.access_token),
    );
  }
}
