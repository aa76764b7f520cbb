import { expect, test } from 'vitest'
import { createBurst, type BurstStroke } from '../../../../src/renderer/keyboard/burst.ts'

const stroke = (key: string, more: Partial<BurstStroke> = {}): BurstStroke => ({ key, ctrlKey: false, metaKey: false, altKey: false, altGraph: false, ...more })

test('letters that follow typed words at once belong to them, until a pause', () => {
  const burst = createBurst()
  expect(burst.press(stroke('a'), true, 1000)).toBe(false)
  expect(burst.press(stroke('s'), false, 1100)).toBe(true)
  expect(burst.press(stroke('x'), false, 1650)).toBe(true)
  expect(burst.press(stroke('a'), false, 2300)).toBe(false)
})

test('saving with Ctrl+Enter ends no burst: the letters after it were meant for an editor', () => {
  const burst = createBurst()
  burst.press(stroke('a'), true, 1000)
  burst.press(stroke('Control', { ctrlKey: true }), true, 1050)
  burst.press(stroke('Enter', { ctrlKey: true }), true, 1100)
  expect(burst.press(stroke('s'), false, 1200)).toBe(true)
})

test.each([stroke('Escape'), stroke('2', { ctrlKey: true }), stroke('2', { metaKey: true }), stroke('3', { altKey: true })])(
  'who presses $key as a command has stopped writing',
  (command) => {
    const burst = createBurst()
    burst.press(stroke('a'), true, 1000)
    burst.press(command, true, 1100)
    expect(burst.press(stroke('a'), false, 1200)).toBe(false)
  },
)

test('AltGr writes a sign and goes on with the burst', () => {
  const burst = createBurst()
  burst.press(stroke('a'), true, 1000)
  burst.press(stroke('@', { ctrlKey: true, altKey: true, altGraph: true }), true, 1100)
  expect(burst.press(stroke('s'), false, 1200)).toBe(true)
})

test('keys outside of text fields begin none', () => {
  const burst = createBurst()
  burst.press(stroke('j'), false, 1000)
  expect(burst.press(stroke('a'), false, 1100)).toBe(false)
})
