/** Where the REST APIs of the server are. */
export const rest = '/rest';

/** The customers of programs/customers.tlpp. */
export const customers = `${rest}/api/sample/v1/customers`;

export interface Customer {
  code: string;
  name: string;
  city: string;
  credit: number;
}
