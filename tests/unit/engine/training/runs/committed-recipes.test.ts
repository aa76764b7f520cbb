/** Committed recipes hold how to learn; where the data is, options tell. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { captionsAlone, imaginedFrom } from '#engine/training/data/captions-alone.ts'
import { parseExperimentRecipe } from '#engine/experiments/recipe.ts'
import { parseRecipe, stagesOf } from '#engine/training/runs/staged-recipe.ts'
import { projectFolder } from '../../../../../scripts/paths.ts'

const files = globSync('recipes/**/*.json', { cwd: projectFolder })
const parsed = (file: string): unknown => JSON.parse(readFileSync(join(projectFolder, file), 'utf8'))

/** Every text in a recipe but what people read. */
function textsIn(json: unknown): string[] {
  if (typeof json === 'string') return [json]
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([name, value]) => (['name', 'description', 'terms'].includes(name) ? [] : textsIn(value)))
}

test.each(files)('%s names no path of data', (file) => {
  expect(files.length).toBeGreaterThan(4)
  expect(textsIn(parsed(file)).filter((text) => /[\\/]|\.(?:json|txt|jpg)$/.test(text))).toEqual([])
})

test.each(files)('%s can be read', (file) => {
  if (basename(join(file, '..')) === 'experiments') expect(parseExperimentRecipe(parsed(file), file).seeds).toHaveLength(3)
  else expect(stagesOf(parseRecipe(parsed(file), file)).length).toBeGreaterThan(0)
})

describe('captions without photos', () => {
  const recipeOf = (imagined?: object) => stagesOf(parseRecipe(imagined === undefined ? {} : { imagined }, 'here'))[0]

  test('are those that the run is told, else those that a recipe of one’s own names beside itself', () => {
    expect(imaginedFrom({ train: [], imagined: { file: 'told.json' } }, recipeOf({ file: 'own.json' }))).toEqual({ file: 'told.json' })
    const own = recipeOf({ file: 'own.json', except: 'judged' })
    expect(imaginedFrom({ train: [], recipeFolder: 'recipes' }, own)).toEqual({ file: join('recipes', 'own.json'), except: join('recipes', 'judged') })
    expect(imaginedFrom({ train: [] }, recipeOf())).toBeUndefined()
  })

  test('that only the recipe or only the run knows of are refused before anything is read', async () => {
    await expect(captionsAlone({ train: [] }, recipeOf({}))).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('none are given') as string,
    })
    await expect(captionsAlone({ train: [], imagined: { file: 'told.json' } }, recipeOf())).rejects.toMatchObject({ code: 'bad-input' })
  })
})
