/** The longest name of a publisher or of somebody in it, in characters. */
export const MAX_NAME = 80;
