/** Those who ask for pages, oddly or too often. */
import { PageVisitor, STATUS_QUESTION } from "./page-visitor.ts";
import type { StrangerAct } from "./stranger.ts";

/** Nothing that HTTP receives may end a replica. */
const ODD = [
  "GET // HTTP/1.1\r\nhost: r\r\n\r\n",
  "GET http://[ HTTP/1.1\r\nhost: r\r\n\r\n",
  "GET /%ff?%zz=%&digest=1&digest HTTP/1.1\r\nhost: r\r\n\r\n",
  "OPTIONS * HTTP/1.1\r\nhost: r\r\n\r\n",
  "CONNECT r0:1 HTTP/1.1\r\nhost: r\r\n\r\n",
  "GET /status HTTP/1.1\r\n\r\n",
  "GET /status HTTP/1.1\r\nhost: r\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
  "GET /status HTTP/1.1\r\nhost: r\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n",
  "POST /status HTTP/1.1\r\nhost: r\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello",
  `GET /${"a".repeat(20_000)} HTTP/1.1\r\nhost: r\r\n\r\n`,
  `GET /status HTTP/1.1\r\nhost: r\r\n${"x: y\r\n".repeat(500)}\r\n`,
  "GET /status HTTP/1.1\r\nhost:",
  STATUS_QUESTION.repeat(40),
  `\u0016\u0003\u0001${"\u00ff".repeat(300)}`,
  "\r\n".repeat(3_000),
];

const IDLE = 40;
/** A replica that may have 256 descriptors keeps so many connections of visitors. */
const VISITORS_MAX = 16;
const EAGER = 10;

/** As many as one connection may ask without waiting for an answer. */
const AT_ONCE = STATUS_QUESTION.repeat(4);

export const pageActs = {
  "odd-questions": ({ host }, { to }) => {
    for (const says of ODD) new PageVisitor(host, to, says);
  },
  "idle-visitors": ({ host, judge, later }, { to }) => {
    const visitors = Array.from({ length: IDLE }, () => new PageVisitor(host, to, ""));
    later(() => {
      const open = visitors.filter(({ isOpen }) => isOpen).length;
      if (open <= VISITORS_MAX) return;
      judge.break("bounded-memory", `${to} keeps ${open} connections of visitors who say nothing`);
    });
  },
  "eager-visitors": ({ host }, { to }) => {
    // What comes in one piece is asked at once.
    host.network.link(host.name, to).pieceBytesMax = 64 * 1024;
    for (let count = 0; count < EAGER; count += 1) new PageVisitor(host, to, AT_ONCE);
  },
} satisfies Readonly<Record<string, StrangerAct>>;
