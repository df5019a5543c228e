import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { CapacityRun } from '../../capacity/live/capacity-run.js'
import { searchedSettings } from './capacity-answer.js'
import { capacityHtml, type CapacityPage } from './capacity-html.js'

/**
 * Writes capacity.html into the run folder; capacity.json is there already, from the search itself. Where every
 * setting was hopeless there is no page: the error says all there is.
 */
export async function writeCapacity(
  capacity: CapacityRun,
  folder: string,
  page: CapacityPage,
): Promise<void> {
  if (searchedSettings(capacity).length === 0) return
  await writeFileAtomic(join(folder, 'capacity.html'), await capacityHtml(capacity, page))
}
