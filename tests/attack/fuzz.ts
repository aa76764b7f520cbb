/** Files of every format with bytes changed, cut, doubled and swapped: each reader takes them or refuses them in words, and neither hangs nor ends its process. */
import { join } from 'node:path'
import { deadlineChild } from './killed.ts'
import type { Attack } from './findings.ts'

/** Texts that are read while a process lives; a reader that hangs ends with it. */
const [batches, filesEach] = [20, 250]
const deadline = 180_000

export const attackFormats: Attack = async ({ folder, seed }) => {
  const counts: Record<string, number> = {}
  const wrong: string[] = []
  for (let batch = 0; batch < batches; batch++) {
    const { lines, finished, code, errors } = await deadlineChild(
      'fuzz',
      [join(folder, String(batch)), String(seed * 1000 + batch), String(filesEach)],
      deadline,
    )
    for (const line of lines) {
      const [verdict, format, said] = line.split('\t')
      counts[format] = (counts[format] ?? 0) + 1
      if (verdict === 'wrong') wrong.push(`batch ${batch}: ${format}: ${said}`)
    }
    if (!finished || code !== 0)
      wrong.push(`batch ${batch} ${finished ? `ended with ${code}: ${errors.slice(-300)}` : 'hung'} after ${lines.at(-1) ?? 'nothing'}`)
  }
  return { counts: { files: Object.values(counts).reduce((sum, each) => sum + each, 0), formats: counts }, wrong }
}
