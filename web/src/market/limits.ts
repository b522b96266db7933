/** Longest code of a coupon, in characters. */
export const MAX_COUPON = 40;
/** Longest cost centre and reference, in characters. */
export const MAX_SHORT = 100;
/** Most seats of one order. */
export const MAX_SEATS = 1_000_000;
/** Longest name and address on an invoice, in characters. */
export const MAX_BILL = 500;
/** Longest name of a tenant, in characters. */
export const MAX_TENANT = 64;
