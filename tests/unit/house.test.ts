/** The house itself: imports without circles, folders one sees through, rooms that lint knows, environment variables that a page tells. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { projectFolder } from '../../scripts/paths.ts'
import { circles, importGraph, sourceFiles, sourceText } from '../support/source-tree.ts'

const longestFolder = 20
const environmentPage = 'docs/developing/environment.md'

describe('imports', () => {
  const files = sourceFiles(['src', 'scripts', 'tests'])
  const graph = importGraph(files)

  test('form no circle between files, imports of types included', () => {
    expect(circles(graph)).toEqual([])
  })

  test('are found in TypeScript and in components, types and loads at run time included', () => {
    expect(graph.get('src/main/index.ts')).toContain('src/shared/errors.ts')
    expect(graph.get('src/renderer/App.vue')?.some((name) => name.endsWith('.vue'))).toBe(true)
    expect(graph.get('src/preload/index.ts')).toEqual(['src/shared/api.ts']) // one for its values, one for its types
    expect(graph.get('src/cli/commands/doctor.ts')).toContain('src/cli/examination.ts')
  })

  test('a circle is found: of two files, of three, and of one with itself', () => {
    const graphOf = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges))
    expect(circles(graphOf({ a: ['b'], b: ['c'], c: [] }))).toEqual([])
    expect(circles(graphOf({ a: ['b'], b: ['a'] }))).toEqual([['a', 'b']])
    expect(circles(graphOf({ x: ['a'], a: ['b', 'd'], b: ['c'], c: ['a'], d: [] }))).toEqual([['a', 'b', 'c']])
    expect(circles(graphOf({ a: ['a'] }))).toEqual([['a']])
  })
})

describe('folders', () => {
  test(`hold at most ${longestFolder} source files side by side`, () => {
    const count = new Map<string, number>()
    for (const file of sourceFiles(['src', 'scripts'], ['.ts', '.vue', '.js', '.css'])) count.set(dirname(file), (count.get(dirname(file)) ?? 0) + 1)
    expect([...count].filter(([, files]) => files > longestFolder)).toEqual([])
  })
})

describe('rooms of the engine', async () => {
  const { engineImports } = z
    .object({ engineImports: z.record(z.string(), z.array(z.string())) })
    .parse(await import(/* @vite-ignore */ join(projectFolder, 'eslint.config.js')))

  test('are all known to lint, and lint knows no other', () => {
    const rooms = readdirSync(join(projectFolder, 'src/engine'))
    expect(Object.keys(engineImports).sort()).toEqual(rooms.sort())
  })

  test('import one way: lint allows no circle of rooms', () => {
    expect(circles(new Map(Object.entries(engineImports)))).toEqual([])
  })
})

describe('environment variables', () => {
  const read = new Set(
    sourceFiles(['src', 'scripts', 'tests'])
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => [...sourceText(file).matchAll(/process\.env(?:\.|\[')(\w+)|\benvironment\['([A-Z]\w+)|\b(CAPSTAN_[A-Z_]+)/g)])
      .map(([, name, given, own]) => name ?? given ?? own),
  )
  const told = new Set([...sourceText(environmentPage).matchAll(/^\| ([^|]+)/gm)].flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)]).map(([, name]) => name))

  test(`that the code reads are all in ${environmentPage}`, () => {
    expect([...read].filter((name) => !told.has(name))).toEqual([])
  })

  test(`in ${environmentPage} are all read by the code`, () => {
    expect([...told].filter((name) => !read.has(name))).toEqual([])
  })
})
