import type { VideoSettings } from '../../scenario/plan/plan.js'

const flags = 'flags=bicubic+accurate_rnd+bitexact:out_range=pc,format=yuv420p'

/**
 * The filters that bring a frame to its size, bit-exact, so that one ffmpeg version writes the same JPEGs on every
 * machine. `dar` is the shape of the picture as it is shown: pixels that are not square count, and ffmpeg has applied
 * a rotation before.
 */
export function frameFilters({
  width,
  height,
  fit = 'stretch',
}: Pick<VideoSettings, 'width' | 'height' | 'fit'>): string {
  if (width === undefined && height === undefined) {
    return `scale=w='if(eq(sar,1),iw,${even('iw*sar')})':h=ih:${flags},setsar=1`
  }
  if (height === undefined) return `scale=w=${width}:h='${even(`${width}/dar`)}':${flags},setsar=1`
  if (width === undefined) return `scale=w='${even(`${height}*dar`)}':h=${height}:${flags},setsar=1`
  if (fit === 'letterbox') {
    const inside = `w='${even(`min(${width},${height}*dar)`)}':h='${even(`min(${height},${width}/dar)`)}'`
    return `scale=${inside}:${flags},setsar=1,pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`
  }
  if (fit === 'crop') {
    const around = `w='max(${width},ceil(${height}*dar))':h='max(${height},ceil(${width}/dar))'`
    return `scale=${around}:${flags},setsar=1,crop=${width}:${height}`
  }
  return `scale=${width}:${height}:${flags}`
}

/** Rounded to an even number of pixels, so that colour samples, one per two pixels, fit. */
function even(size: string): string {
  return `max(2,2*round(${size}/2))`
}
