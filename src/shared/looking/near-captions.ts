/** A reference of a training photo that says nearly what a caption says. */
export interface NearCaption {
  imageId: number
  fileName: string
  text: string
  /** Words of both, of the words of either (Jaccard); 1: the same words. */
  overlap: number
  /** The words of the caption that it lacks. */
  lacks: string[]
}
