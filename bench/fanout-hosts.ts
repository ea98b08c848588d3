/** The loopback address of one host of many. */
export function sinkAddress(host: number): string {
  return `127.9.${Math.floor(host / 200)}.${(host % 200) + 1}`
}

/** Inboxes on so many hosts at this port, those of one host not side by side. */
export function sinkInboxes(port: string, hosts: number, each: number): readonly string[] {
  return Array.from(
    { length: hosts * each },
    (_, index) => `http://${sinkAddress(index % hosts)}:${port}/people/${Math.floor(index / hosts)}/inbox`,
  )
}
