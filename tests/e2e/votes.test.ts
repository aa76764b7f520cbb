/** A blind vote in the real window: made beside Compare's two models, voted on by keys alone, over a restart, to results that say what is sure. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { look as lookAt } from '../support/look.ts'

const pairs = 20
const shown = 25 // five come again

describe('votes', () => {
  let running: RunningApp
  let folder: string
  let names: string[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-votes-'))
    running = await startApp(join(folder, 'user'))
    await openSample()
    names = (await callVerb(running.window, 'models.list')).map(({ name }) => name)
  }, 600_000)
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  async function openSample(): Promise<void> {
    await running.window.getByRole('button', { name: 'Open the sample' }).click()
    await running.window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
  }

  const heading = (name: string) => running.window.getByRole('heading', { name, exact: true })
  const status = () => running.window.getByRole('status').filter({ hasText: /^(Pair|All) / })
  const ballots = () => callVerb(running.window, 'votes.ballots')

  const look = (name: string): Promise<void> => lookAt(running, `votes-${name}`)

  test('Compare leads to a ballot between its two models, which says how many pairs it has and how many texts are the same', async () => {
    const { window } = running
    await window.keyboard.press('Control+4')
    await heading('Models').waitFor()
    await window.getByRole('tab', { name: 'Compare' }).click()
    await window.getByLabel('Set', { exact: true }).selectOption('all')
    await window.getByRole('button', { name: 'Compare', exact: true }).click()
    await window.getByRole('button', { name: 'Vote blind…' }).click()
    const dialog = window.getByRole('dialog', { name: 'A blind vote' })
    await dialog.getByLabel('How many at most').fill(String(pairs))
    await dialog.getByText(/\d+ of them have the same text twice and are left out\. 20 pairs will be drawn; 5 of them come again/).waitFor()
    await look('dialog')
    await dialog.getByRole('button', { name: 'Make the ballot' }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => status().innerText()).toBe(`Pair 1 of ${shown}`)
  })

  test('nothing on the page tells whose captions they are', async () => {
    const { window } = running
    await look('voting')
    const page = await window.content()
    expect(names.length).toBeGreaterThan(1)
    for (const name of names) expect(page).not.toContain(name)
    for (const { id } of await callVerb(window, 'models.list')) expect(page).not.toContain(id)
    const [{ id: ballotId }] = await ballots()
    await expect(callVerb(window, 'votes.results', { ballotId })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('keys vote, each vote is on disk before the next pair shows, and none fires while typing', async () => {
    const { window } = running
    for (const [index, key] of ['ArrowLeft', '2', '0', 's', 'ArrowRight', '1', 'ArrowDown'].entries()) {
      await window.keyboard.press(key)
      await expect.poll(() => status().innerText()).toBe(`Pair ${index + 2} of ${shown}`)
      expect((await ballots())[0].done).toBe(index + 1)
    }
    await window.keyboard.press('Control+z')
    await expect.poll(() => status().innerText()).toBe(`Pair 7 of ${shown}`)
    await window.keyboard.press('Control+Shift+z')
    await expect.poll(() => status().innerText()).toBe(`Pair 8 of ${shown}`)
    // So does the bar below, also where a review was decided since: what it takes back is before the person.
    const [imageId] = await callVerb(window, 'library.ids', { filter: { states: ['pending'] }, sort: {} })
    await callVerb(window, 'review.decideMany', { imageIds: [imageId], decision: 'accept' })
    const stepBar = window.getByRole('contentinfo', { name: 'Status' })
    await stepBar.getByRole('button', { name: 'Undo: the last vote' }).click()
    await expect.poll(() => status().innerText()).toBe(`Pair 7 of ${shown}`)
    await stepBar.getByRole('button', { name: 'Redo' }).click()
    await expect.poll(() => status().innerText()).toBe(`Pair 8 of ${shown}`)
    expect((await callVerb(window, 'images.get', { imageId })).captions[0].state).toBe('accepted')
    // Elsewhere the same keys mean something else.
    await window.keyboard.press('Control+1')
    await heading('Library').waitFor()
    await window.keyboard.press('/')
    await window.keyboard.type('12')
    expect((await ballots())[0].done).toBe(7)
    await window.keyboard.press('Escape')
  })

  test('a killed app has lost no vote, and undo reaches back over the restart', async () => {
    process.kill(running.pid, 'SIGKILL')
    await running.close().catch(() => undefined)
    running = await startApp(join(folder, 'user'))
    const { window } = running
    await openSample()
    await window.keyboard.press('Control+0')
    await heading('Votes').waitFor()
    await window.getByText(`You have voted on 7 of ${shown}`).waitFor()
    expect(await window.getByRole('contentinfo', { name: 'Status' }).getByRole('button', { name: 'Undo', exact: true }).isDisabled()).toBe(true)
    await look('list')
    await window.getByRole('button', { name: 'Go on with Ballot 1' }).click()
    await expect.poll(() => status().innerText()).toBe(`Pair 8 of ${shown}`)
    await window.keyboard.press('Control+z')
    await expect.poll(() => status().innerText()).toBe(`Pair 7 of ${shown}`)
  })

  test('after the last pair the person asks for the results: who is preferred or that it is unclear, consistency, and metrics’ agreement', async () => {
    const { window } = running
    for (let done = 6; done < shown; done += 1) {
      await expect.poll(() => status().innerText()).toBe(`Pair ${done + 1} of ${shown}`)
      await window.keyboard.press(done % 3 === 0 ? 'ArrowRight' : 'ArrowLeft')
    }
    await expect.poll(() => status().innerText()).toBe(`All ${shown} pairs are answered`)
    const page = await window.content()
    for (const name of names) expect(page).not.toContain(name)
    await window.keyboard.press('Enter')
    const results = window.getByRole('region', { name: 'Results of Ballot 1' })
    await results.getByText(/^(Unclear which is better: |.* is preferred to )/).waitFor()
    await window.getByRole('region', { name: 'Win rate', exact: true }).waitFor()
    await window
      .getByRole('region', { name: 'Consistency', exact: true })
      .getByText(/\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]/)
      .first()
      .waitFor()
    const believed = window.getByRole('region', { name: 'Which metric to believe', exact: true })
    await believed.getByRole('row', { name: /^CIDEr [−\d]/ }).waitFor()
    await window.getByText(/^Left out: .*SPICE/).waitFor()
    await look('results')
    await window.locator('.view-body').evaluate((body) => body.scrollTo(0, body.scrollHeight))
    await look('metrics')
    const [{ id: ballotId }] = await ballots()
    const file = join(folder, 'votes.csv')
    await callVerb(window, 'votes.export', { ballotId, file })
    expect((await readFile(file, 'utf8')).trim().split('\r\n')).toHaveLength(shown + 1)
  })

  test('somebody else is blind on the same ballot; once it is closed, agreement between both is told', async () => {
    const { window } = running
    await callVerb(window, 'settings.set', { author: 'Bob' })
    await window.getByText(`You have voted on 0 of ${shown}`).waitFor()
    await window.getByRole('button', { name: 'Vote on Ballot 1' }).click()
    for (let done = 0; done < 12; done += 1) {
      await expect.poll(() => status().innerText()).toBe(`Pair ${done + 1} of ${shown}`)
      await window.keyboard.press(['1', '2', '0'][done % 3] ?? '')
    }
    await window.keyboard.press('Escape')
    await window.getByRole('button', { name: 'Close Ballot 1' }).click()
    await window.getByRole('button', { name: 'Close it' }).click()
    await window.getByRole('region', { name: 'Win rate', exact: true }).getByRole('row', { name: /^All / }).waitFor()
    await window.getByText(/^On \d+ pairs that several voted on, two voters say the same in .*Fleiss’ κ/).waitFor()
    await look('voters')
  })

  test('photos that a side lost are reviewed next, and two models of Evaluate lead to a ballot, too', async () => {
    const { window } = running
    const review = window.getByRole('button', { name: /^Review \d+ photos? where Scene captioner lost$/ })
    const lost = Number(/\d+/.exec(await review.innerText())?.[0])
    await review.click()
    await window
      .getByText(new RegExp(`1 of ${lost}\\b`))
      .first()
      .waitFor()
    // Two models of a set lead to a ballot, too.
    await window.keyboard.press('Control+5')
    await heading('Evaluate').waitFor()
    await window.getByRole('button', { name: 'Vote blind…' }).first().waitFor()
    await running.screenshot('votes-evaluate')
    await window.getByRole('button', { name: 'Vote blind…' }).first().click()
    const dialog = window.getByRole('dialog', { name: 'A blind vote' })
    await dialog.getByText(/pairs will be drawn/).waitFor()
    await dialog.getByLabel('Name').pressSequentially('1 2 0 s n')
    expect(await ballots()).toHaveLength(1)
    await window.keyboard.press('Escape')
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
