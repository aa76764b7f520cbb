import type { Command } from 'commander'
import { action } from '../action.ts'
import { wholeNumber } from '../numbers.ts'

/** `capstan scenes`: draws the little known world as a COCO dataset. */
export function registerScenes(program: Command): void {
  program
    .command('scenes')
    .description('draw scenes with true captions and boxes, as a COCO dataset')
    .argument('<folder>', 'where images/, captions.json and instances.json go')
    .option('--count <n>', 'how many scenes', wholeNumber(1, 1_000_000), 200)
    .option('--seed <n>', 'the first scene of the series', wholeNumber(0), 1)
    .option('--replace', 'draw over scenes that are there already', false)
    .action(
      action('What was drawn until then is kept.', async (_signal, folder: string, options: { count: number; seed: number; replace: boolean }) => {
        const { join } = await import('node:path')
        const { requireOutputs } = await import('#engine/files/output-place.ts')
        const names = ['captions.json', 'instances.json', 'images/scene-00001.jpg']
        requireOutputs(
          names.map((name) => join(folder, name)),
          options,
        )
        const { writeScenes } = await import('#engine/scenes/write-scenes.ts')
        const written = await writeScenes(folder, options.count, options.seed)
        console.log(`${written.count} scenes in ${written.images}, captions in ${written.captions}, boxes in ${written.instances}`)
      }),
    )
}
