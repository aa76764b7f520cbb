/** How many captions by people the project asks for: photos are done by it at once, and no caption goes where fewer are asked for. */
import { writeProperty } from '../repositories/properties.ts'
import { settlePhotos } from '../repositories/reviews.ts'
import type { Database } from '../storage/database.ts'

export function askForCaptions(database: Database, wanted: number): void {
  database
    .transaction(() => {
      writeProperty(database, 'captions_wanted', String(wanted))
      settlePhotos(database)
    })
    .immediate()
}
