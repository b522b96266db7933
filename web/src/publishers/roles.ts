import type { Role } from '../api/publishers';

/** Those that one owner gives alone, and the one that owners decide on. */
export const ROLES: Role[] = ['maintainer', 'billing', 'reader', 'owner'];

/** What was chosen in a form. */
export const roleOf = (value: string): Role => ROLES.find((role) => role === value) ?? 'reader';
