/** SPICE (Anderson et al. 2016) as the authors' program gives it: the mean of its F over images. */
import { AppError } from '../errors.ts'
import type { ToolMetric } from './metric.ts'

export const spiceRows: ToolMetric['rows'] = async (images, { spice }, breathe) => {
  if (!spice) throw new AppError('unavailable', 'SPICE was asked for, but not where it is.', { todo: 'Point to its folder and to Java 8.' })
  const values = await spice(images, (done) => void breathe(done))
  return Float64Array.from(values)
}
