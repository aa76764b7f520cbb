/** Clusters of a scored set: photos that an encoder sees alike, or captions that err alike. */

/** What is clustered: what photos show, or what captions say beyond and short of their references. */
export const clusterBases = ['photos', 'differences'] as const
export type ClusterBasis = (typeof clusterBases)[number]

/** A set of clusters as it was computed. */
export interface Clustering {
  id: number
  basis: ClusterBasis
  /** null: texts by their words */
  encoderId: string | null
  clusters: number
  madeAt: string
  /** Was it computed from what the set is now? */
  current: boolean
}

/**
 * A byte for each photo: its cluster, and this more where the clusters were fitted to it. Clusters of errors are fitted to one half of the photos and judged
 * by the other, since errors and scores are made of the same captions.
 */
export const fittedBit = 0x80
