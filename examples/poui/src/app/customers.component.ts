import { HttpClient } from '@angular/common/http';
import { Component, inject, signal, viewChild } from '@angular/core';
import { FormsModule } from '@angular/forms';
import {
  PoDialogService,
  PoFieldModule,
  PoModalAction,
  PoModalComponent,
  PoModalModule,
  PoNotificationService,
  PoPageAction,
  PoPageFilter,
  PoPageModule,
  PoTableAction,
  PoTableColumn,
  PoTableComponent,
  PoTableModule,
} from '@po-ui/ng-components';
import { Observable } from 'rxjs';
import { Customer, customers } from './api';
import { SessionService } from './session.service';

/** The list of customers, which the table reads page by page, and the form of one. */
@Component({
  selector: 'app-customers',
  imports: [FormsModule, PoFieldModule, PoModalModule, PoPageModule, PoTableModule],
  template: `
    <po-page-list p-title="Customers" [p-actions]="pageActions" [p-filter]="filter">
      <po-table
        [p-service-api]="api"
        [p-columns]="columns"
        [p-actions]="rowActions"
        [p-sort]="true"
        [p-hide-table-search]="true"
        [p-hide-columns-manager]="true"
      />
    </po-page-list>

    <po-modal [p-title]="isNew() ? 'New customer' : 'Customer'" [p-primary-action]="save" [p-secondary-action]="cancel">
      <form class="po-row">
        <po-input class="po-md-4" name="code" p-label="Code" [p-maxlength]="6" [p-disabled]="!isNew()" [(ngModel)]="customer.code" />
        <po-input class="po-md-8" name="name" p-label="Name" [p-maxlength]="40" [(ngModel)]="customer.name" />
        <po-input class="po-md-8" name="city" p-label="City" [p-maxlength]="40" [(ngModel)]="customer.city" />
        <po-decimal class="po-md-4" name="credit" p-label="Credit limit" [(ngModel)]="customer.credit" />
      </form>
    </po-modal>
  `,
})
export class CustomersComponent {
  private readonly http = inject(HttpClient);
  private readonly dialog = inject(PoDialogService);
  private readonly notification = inject(PoNotificationService);
  private readonly session = inject(SessionService);
  private readonly table = viewChild.required(PoTableComponent);
  private readonly form = viewChild.required(PoModalComponent);

  protected readonly api = customers;
  protected readonly isNew = signal(true);
  protected customer = blank();
  private text = ''; // of the search

  protected readonly columns: PoTableColumn[] = [
    { property: 'code', label: 'Code', width: '15%' },
    { property: 'name', label: 'Name', width: '40%' },
    { property: 'city', label: 'City', width: '25%' },
    { property: 'credit', label: 'Credit limit', type: 'number', format: '1.2-2', width: '20%' },
  ];
  protected readonly pageActions: PoPageAction[] = [
    { label: 'New customer', action: () => this.edit(blank(), true) },
    { label: 'Log out', action: () => this.session.logout() },
  ];
  protected readonly rowActions: PoTableAction[] = [
    { label: 'Edit', action: (row: Customer) => this.edit({ ...row }, false) },
    { label: 'Delete', type: 'danger', action: (row: Customer) => this.confirmRemoval(row) },
  ];
  protected readonly filter: PoPageFilter = {
    placeholder: 'Name or city',
    action: (text: string) => this.search(text),
  };
  protected readonly save: PoModalAction = { label: 'Save', action: () => this.store() };
  protected readonly cancel: PoModalAction = { label: 'Cancel', action: () => this.form().close() };

  /** Shows the customers whose name or city contains text, from the first page on. */
  private search(text: string): void {
    this.text = text;
    this.table().applyFilters(text ? { filter: text } : undefined);
  }

  private edit(customer: Customer, isNew: boolean): void {
    this.customer = customer;
    this.isNew.set(isNew);
    this.form().open();
  }

  private store(): void {
    const { code, name, city, credit } = this.customer;
    const request = this.isNew()
      ? this.http.post<Customer>(customers, { code, name, city, credit })
      : this.http.put<Customer>(urlOf(code), { name, city, credit });
    this.run(request, `${name} is saved.`, () => this.form().close());
  }

  private confirmRemoval(customer: Customer): void {
    this.dialog.confirm({
      title: 'Delete',
      message: `Delete ${customer.name}?`,
      confirm: () => this.run(this.http.delete(urlOf(customer.code)), `${customer.name} is deleted.`),
    });
  }

  /** Does request and shows the list anew. What the API says of an error is shown by PO UI's interceptor. */
  private run(request: Observable<unknown>, done: string, then?: () => void): void {
    this.save.loading = true;
    request.subscribe({
      next: () => {
        this.notification.success(done);
        this.search(this.text);
        then?.();
      },
      error: () => undefined, // is shown already
    }).add(() => (this.save.loading = false));
  }
}

function urlOf(code: string): string {
  return `${customers}/${encodeURIComponent(code)}`;
}

function blank(): Customer {
  return { code: '', name: '', city: '', credit: 0 };
}
