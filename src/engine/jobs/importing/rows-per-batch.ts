/** Rows that a job sends in messages of a size that no process minds. */
export const rowsPerBatch = 500
