/** What a graph over whole captions is fed of a batch's photos. */
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import type { VisualBatch } from '#engine/captioning/visual-batch.ts'
import type { Session } from '#engine/runtime/session.ts'

/** Views of the batch's memory: features, and where the graph asks for them, mask and boxes. */
export function visualFeeds({ inputNames }: Pick<Session, 'inputNames'>, batch: VisualBatch, featureWidth: number): Record<string, Tensor> {
  const { images, visualTokens, features, regions } = batch
  return {
    features: new Tensor('float32', features, [images, visualTokens, featureWidth]),
    ...(inputNames.includes('visual_mask') && { visual_mask: new Tensor('float32', regions.mask, [images, visualTokens]) }),
    ...(inputNames.includes('boxes') && { boxes: new Tensor('float32', regions.boxes, [images, visualTokens, 4]) }),
  }
}
