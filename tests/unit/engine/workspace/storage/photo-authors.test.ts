/** Who wrote any of a photo's captions, as the triggers on review keep it. */
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { migrations } from '#engine/workspace/storage/migrate.ts'

function withPhotos(photos: number): Database.Database {
  const database = new Database(':memory:')
  for (const { prepare, sql } of migrations) {
    prepare?.(database)
    database.exec(sql)
  }
  database.exec("INSERT INTO image_root VALUES ('/a')")
  const add = database.prepare(
    "INSERT INTO image (id, path, root, file_name, sort_name, content_hash, width, height, split, added_at) VALUES (?, ?, '/a', '', '', '', 1, 1, 'none', '')",
  )
  for (let id = 1; id <= photos; id += 1) add.run(id, `/a/${id}.jpg`)
  return database
}

const authors = (database: Database.Database): unknown => database.prepare('SELECT author, image_id FROM photo_author ORDER BY image_id, author').raw().all()

test('an author is known of a photo as long as one of its captions is theirs', () => {
  const database = withPhotos(1)
  database.exec("INSERT INTO review (image_id, slot, author) VALUES (1, 0, 'Ada'), (1, 1, 'Ada'), (1, 2, NULL)")
  expect(authors(database)).toEqual([['Ada', 1]])
  database.exec("UPDATE review SET author = 'Bea' WHERE slot = 0")
  expect(authors(database)).toEqual([
    ['Ada', 1],
    ['Bea', 1],
  ])
  database.exec("UPDATE review SET author = 'Bea' WHERE slot > 0")
  expect(authors(database)).toEqual([['Bea', 1]])
  database.exec('UPDATE review SET author = NULL WHERE slot = 0; DELETE FROM review WHERE slot = 1')
  expect(authors(database)).toEqual([['Bea', 1]])
  database.exec('UPDATE review SET author = NULL')
  expect(authors(database)).toEqual([])
  database.close()
})

test.each(["INSERT INTO review (image_id, slot, author) VALUES (1, 0, 'Ada')", "UPDATE review SET author = 'Bea' WHERE image_id = 1 AND slot = 0"])(
  'no table is gone through for one caption: %s',
  (sql) => {
    const database = withPhotos(0)
    const steps = database.prepare<[], Step>(`EXPLAIN ${sql}`).all() // those of triggers among them
    expect(steps.map(({ opcode }) => opcode)).toContain('Program')
    expect(tablesGoneThrough(steps)).toEqual([])
    database.close()
  },
)

interface Step {
  addr: number
  opcode: string
  p1: number
}

/** Cursors on stored tables that are put at a beginning; a list of words in a condition is a table, too, and no stored one. */
function tablesGoneThrough(steps: readonly Step[]): number[] {
  let stored = new Set<number>()
  return steps.flatMap(({ addr, opcode, p1 }) => {
    if (addr === 0) stored = new Set() // another trigger's program
    if (opcode === 'OpenRead' || opcode === 'OpenWrite') stored.add(p1)
    return opcode === 'Rewind' && stored.has(p1) ? [p1] : []
  })
}
