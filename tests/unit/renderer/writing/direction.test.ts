/** Right-to-left words stand by their own direction wherever words of captions are typed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from '../../../../scripts/paths.ts'

const components = join(projectFolder, 'src', 'renderer', 'components')

/** The fields of each component that hold words of captions. */
const fields: Record<string, string[]> = {
  'library/FindDialog.vue': ['form.text', 'form.words'],
  'library/LibraryToolbar.vue': ['words'],
  'replace/ReplaceDialog.vue': ['form.find', 'form.replacement', 'form.text'],
  'review/GuidelinesPanel.vue': ['guidelines.draft.text'],
  'settings/WritingCard.vue': ['letters', 'meaning'],
}

test.each(Object.entries(fields))('%s: what is typed stands by its own direction', (file, models) => {
  const tags = readFileSync(join(components, file), 'utf8').match(/<(?:input|textarea)\s[^>]*>/g) ?? []
  const directed = tags.filter((tag) => tag.includes('dir="auto"')).flatMap((tag) => /v-model="([^"]+)"/.exec(tag)?.[1] ?? [])
  expect(directed).toEqual(expect.arrayContaining(models))
})
