/** Longest reason that the registry takes, in characters. */
export const MAX_REASON = 500;

/** Longest remark that the registry takes, in characters. */
export const MAX_REMARK = 4000;
