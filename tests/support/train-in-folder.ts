/** A whole training run that keeps everything in one folder, as `capstan train` would: what a test does not tell has a value that hardly matters. */
import { join } from 'node:path'
import { trainFromCaptions } from '#engine/training/runs/train-from-captions.ts'
import type { TrainedFromCaptions, TrainFromCaptions } from '#engine/training/runs/training-run.ts'

type Told = 'train' | 'dev' | 'recipe' | 'encoderFolder' | 'tell'

export function trainInFolder(folder: string, told: Pick<TrainFromCaptions, Told> & Partial<TrainFromCaptions>): Promise<TrainedFromCaptions> {
  return trainFromCaptions({
    dataNote: 'drawn circles',
    terms: 'Drawn by this test',
    out: join(folder, 'model'),
    name: 'model',
    recipeFolder: folder,
    featureFolder: join(folder, 'features'),
    checkpointFolder: join(folder, 'checkpoints'),
    resume: false,
    finish: false,
    replace: false,
    session: { threads: 1 },
    signal: new AbortController().signal,
    ...told,
  })
}
