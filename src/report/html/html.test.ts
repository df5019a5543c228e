import { expect, test } from 'vitest'
import { html, jsonScript } from './html.js'

test('text is escaped, wherever it is put', () => {
  const hostile = `<script>alert("1")</script>&'`
  expect(html`<p title="${hostile}">${hostile}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;">' +
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</p>',
  )
})

test('HTML within HTML stays, lists are joined, nothing leaves nothing', () => {
  const items = ['a', '<b>'].map((text) => html`<i>${text}</i>`)
  expect(html`<b>${items}${undefined}${false}${0}</b>`.text).toBe('<b><i>a</i><i>&lt;b&gt;</i>0</b>')
})

test('embedded data can neither end its script nor open a comment', () => {
  const { text } = jsonScript('data', { name: '</script><!--<script>' })
  expect(text.match(/<\/script>/g)).toHaveLength(1)
  expect(text).not.toContain('<!--')
  const json = /<script[^>]*>([\s\S]*)<\/script>/.exec(text)![1]!
  expect(JSON.parse(json)).toEqual({ name: '</script><!--<script>' })
})
