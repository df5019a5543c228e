import { expect, test } from 'vitest'
import * as z from 'zod'
import {
  applyDefaults,
  defaulted,
  fixed,
  noneRequired,
  optional,
  required,
  section,
  swept,
} from './section.js'

const lens = section('lens', 'A lens.', {
  name: required(fixed(z.string()), 'Its name.'),
  apertures: defaulted(swept(z.number().gt(0)), 2, 'Its aperture.'),
  zoom: optional(swept(z.union([z.number(), z.string()]), z.number()), 'Its zoom.'),
})

test('a field that is written once gives what a file may hold, what a point holds, and the default', () => {
  expect(lens.raw.parse({ name: 'a', apertures: [1, 2], zoom: ['2x', 3] })).toEqual({
    name: 'a',
    apertures: [1, 2],
    zoom: ['2x', 3],
  })
  expect(lens.raw.parse({ name: 'a' })).toEqual({ name: 'a' })
  expect(lens.point.parse({ name: 'a', apertures: 1, zoom: 3 })).toEqual({ name: 'a', apertures: 1, zoom: 3 })
  expect(lens.point.safeParse({ name: 'a', apertures: [1, 2] }).success).toBe(false)
  expect(lens.point.safeParse({ name: 'a', apertures: 1, zoom: '2x' }).success).toBe(false)
  expect(lens.defaults).toEqual({ apertures: 2 })
})

test('a file has the known fields only; a saved point may have those of a later version', () => {
  expect(lens.raw.safeParse({ name: 'a', later: 1 }).success).toBe(false)
  expect(lens.point.parse({ name: 'a', apertures: 1, later: 1 })).toHaveProperty('later', 1)
})

test('a default holds for what is absent or undefined, and for nothing else', () => {
  expect(applyDefaults(lens.defaults, { name: 'a' })).toEqual({ name: 'a', apertures: 2 })
  expect(applyDefaults(lens.defaults, { name: 'a', apertures: undefined })).toEqual({
    name: 'a',
    apertures: 2,
  })
  expect(applyDefaults(lens.defaults, { name: 'a', apertures: 1 })).toEqual({ name: 'a', apertures: 1 })
})

test('an overlay has the same fields, none of them required', () => {
  const overlay = section('lensOverlay', 'Fields that differ.', noneRequired(lens.fields))
  expect(overlay.raw.parse({})).toEqual({})
  expect(overlay.raw.parse({ zoom: 1 })).toEqual({ zoom: 1 })
})
