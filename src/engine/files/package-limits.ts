/** What reading a package of others may take: more is no package that anybody made in earnest. */

/** Bytes of a manifest: a hundred times what one takes. */
export const largestManifest = 1e6

/** Milliseconds in which the manifest of a listed package must have been read. */
export const manifestAnswersWithin = 15_000
