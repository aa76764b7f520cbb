/** Moves what a workspace's tables say about places, for a workspace that is copied together with its images and models. */
import { join } from 'node:path'
import type { Database } from './database.ts'

/** In place of the folder, in a workspace that is made to be copied. Its paths use slashes on every system. */
export const templateRoot = 'template:'

/** Places below `folder` become places below the template root. */
export function makeTemplate(database: Database, folder: string): void {
  rewrite(database, (path) => (path === folder || path.startsWith(`${folder}/`) ? `${templateRoot}${path.slice(folder.length)}` : path))
}

/** Places below the template root become places below `folder`. */
export function settleTemplate(database: Database, folder: string): void {
  rewrite(database, (path) => (path.startsWith(templateRoot) ? join(folder, ...path.slice(templateRoot.length).split('/')) : path))
}

function rewrite(database: Database, place: (path: string) => string): void {
  database.function('place_of', { deterministic: true }, (path: unknown) => place(String(path)))
  const work = database.transaction(() => {
    database.exec(`
INSERT OR IGNORE INTO image_root (path) SELECT place_of(path) FROM image_root;
UPDATE image SET path = place_of(path), root = place_of(root);
DELETE FROM image_root WHERE path NOT IN (SELECT root FROM image);
UPDATE model SET folder = place_of(folder);`)
  })
  work.immediate()
}
