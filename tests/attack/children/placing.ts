/** A process that puts one folder in place of another without end. Its parent kills it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { placeFolder } from '#engine/files/write-whole.ts'

const [place = ''] = process.argv.slice(2)
process.stdout.write('opened\n')
for (let turn = 0; ; turn++) {
  const make = (partial: string): Promise<void> => {
    for (const name of ['first', 'second']) writeFileSync(join(partial, name), `${turn} ${'x'.repeat(20_000)}`)
    return Promise.resolve()
  }
  await placeFolder(place, make, { replace: true })
}
