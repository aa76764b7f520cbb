/** The experiment recipes that come with the app, as the window offers them; the job that runs one checks all of it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { toReport } from '#shared/errors.ts'
import type { ReadyExperiment } from '#shared/experiments.ts'

const recipeSchema = z.object({ name: z.string(), description: z.string().default('') })

/** By file name; files that are no recipes are left out. */
export async function readyExperiments(folder: string): Promise<ReadyExperiment[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return []
    throw error
  })
  const found: ReadyExperiment[] = []
  for (const name of names.filter((each) => each.endsWith('.json')).sort()) {
    const file = join(folder, name)
    const recipe = readRecipe(await readFile(file, 'utf8'))
    if (recipe !== undefined) found.push({ file, ...recipe })
  }
  return found
}

function readRecipe(text: string): z.infer<typeof recipeSchema> | undefined {
  try {
    return recipeSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
