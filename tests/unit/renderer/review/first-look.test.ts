import { expect, test } from 'vitest'
import { createFirstLook } from '../../../../src/renderer/review/first-look.ts'

function atTimes(): { clock: { now: number }; look: ReturnType<typeof createFirstLook> } {
  const clock = { now: 1000 }
  return { clock, look: createFirstLook(() => clock.now) }
}

test('a photo that was on screen for longer than a blink may be decided', () => {
  const { clock, look } = atTimes()
  look.shown('1.0')
  clock.now += 300
  expect(look.mayDecide('1.0', 'accept it')).toBe(true)
})

test('one that has only just appeared, or is not on screen at all, is asked about: the same key later decides', () => {
  const { clock, look } = atTimes()
  look.shown('1.0')
  clock.now += 100
  expect(look.mayDecide('1.0', 'accept it')).toBe(false)
  expect(look.mayDecide('2.0', 'accept it')).toBe(false)
  clock.now += 60
  expect(look.mayDecide('2.0', 'accept it')).toBe(false)
  clock.now += 300
  expect(look.mayDecide('2.0', 'reject it')).toBe(false)
  clock.now += 300
  expect(look.mayDecide('2.0', 'reject it')).toBe(true)
})

test('the time on screen counts from the first showing', () => {
  const { clock, look } = atTimes()
  look.shown('1.0')
  clock.now += 300
  look.shown('1.0')
  expect(look.mayDecide('1.0', 'skip it')).toBe(true)
})

test('another caption of the photo that is on screen has a blink of its own', () => {
  const { clock, look } = atTimes()
  look.shown('1.0')
  clock.now += 300
  look.shown('1.1')
  clock.now += 60
  expect(look.mayDecide('1.1', 'accept it')).toBe(false)
  clock.now += 300
  expect(look.mayDecide('1.1', 'accept it')).toBe(true)
})
