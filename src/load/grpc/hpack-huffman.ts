/**
 * The length in bits of the code of each byte, and of the end of the text (RFC 7541, appendix B). The code is canonical:
 * codes of the same length follow each other in the order of their bytes, so the lengths determine the codes.
 */
const codeLengths = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
]

const endOfText = 256

/** A binary tree: the two children of node n are at 2n and 2n + 1. A child above 0 is a node, one below 0 is −1 − byte. */
const tree = buildTree()

function buildTree(): Int16Array {
  const children: number[] = [0, 0]
  const symbols = Array.from({ length: endOfText + 1 }, (_, symbol) => symbol)
  symbols.sort((a, b) => codeLengths[a]! - codeLengths[b]! || a - b)
  let code = 0
  let length = codeLengths[symbols[0]!]!
  for (const symbol of symbols) {
    // Codes have up to 30 bits.
    code <<= codeLengths[symbol]! - length
    length = codeLengths[symbol]!
    let node = 0
    for (let bit = length - 1; bit > 0; bit--) {
      const at = 2 * node + ((code >>> bit) & 1)
      if (children[at] === 0) {
        children[at] = children.length / 2
        children.push(0, 0)
      }
      node = children[at]!
    }
    children[2 * node + (code & 1)] = -1 - symbol
    code++
  }
  return Int16Array.from(children)
}

/** Decodes a text of bytes[from, to); undefined if it is malformed (RFC 7541, 5.2). */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = ''
  let node = 0
  /** Bits since the end of the last code, and whether all of them are 1. */
  let bits = 0
  let ones = true
  for (let at = from; at < to; at++) {
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (bytes[at]! >>> shift) & 1
      const next = tree[2 * node + bit]!
      if (next === -1 - endOfText) return undefined
      if (next < 0) {
        text += String.fromCharCode(-1 - next)
        node = 0
        bits = 0
        ones = true
      } else {
        node = next
        bits++
        ones &&= bit === 1
      }
    }
  }
  // The last byte is filled with the first bits of the code of the end, which are ones.
  return bits < 8 && ones ? text : undefined
}
