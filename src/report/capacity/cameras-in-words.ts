/** `1 camera`, `12 cameras`. */
export function camerasInWords(cameras: number): string {
  return cameras === 1 ? '1 camera' : `${cameras} cameras`
}
