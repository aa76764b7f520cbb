/** The project's own source files and what they import, read as text: for tests about the house itself. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import ts from 'typescript'
import { projectFolder } from '../../scripts/paths.ts'

/** Source files under these folders, as paths from the project's root with forward slashes. */
export function sourceFiles(folders: readonly string[], endings: readonly string[] = ['.ts', '.vue']): string[] {
  return folders
    .flatMap((folder) => readdirSync(join(projectFolder, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(projectFolder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort()
}

export function sourceText(file: string): string {
  return readFileSync(join(projectFolder, file), 'utf8')
}

/** Which of the given files each of them imports; imports of types count. */
export function importGraph(files: readonly string[]): Map<string, string[]> {
  const known = new Set(files)
  return new Map(
    files.map((file) => {
      const named = ts.preProcessFile(scriptOf(file), true, true).importedFiles.map(({ fileName }) => resolveImport(file, fileName))
      return [file, [...new Set(named.filter((name) => name !== undefined && known.has(name)))] as string[]]
    }),
  )
}

/** Groups of files that import one another in a circle (Tarjan's strongly connected components of more than one file, and files that import themselves). */
export function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const path: string[] = []
  const found: string[][] = []
  const visit = (file: string): void => {
    const number = order.size
    order.set(file, number)
    lowest.set(file, number)
    path.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next)
      if (path.includes(next)) lowest.set(file, Math.min(lowest.get(file) ?? number, lowest.get(next) ?? number))
    }
    if (lowest.get(file) !== number) return
    const component = path.splice(path.indexOf(file))
    if (component.length > 1 || graph.get(file)?.includes(file) === true) found.push(component.sort())
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found
}

/** A component's code is what stands between its script tags. */
function scriptOf(file: string): string {
  const text = sourceText(file)
  if (!file.endsWith('.vue')) return text
  return [...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, script]) => script).join('\n')
}

function resolveImport(from: string, name: string): string | undefined {
  if (name.startsWith('#')) return `src/${name.slice(1)}`
  return name.startsWith('.') ? posix.join(dirname(from), name) : undefined
}
