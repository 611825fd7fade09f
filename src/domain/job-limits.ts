const HOUR = 3_600_000;

/**
 * What one job of the data lake reads at most, milliseconds. The longest interval that a job takes is not
 * documented: pieces are small, and become smaller where Genesys wants that.
 */
export const MAX_PIECE_MS = 6 * HOUR;

/** A job that is not finished by then is given up, milliseconds. */
export const MAX_JOB_MS = HOUR;
