/** An update that did not go on, in words for `update status` and the journal. */

export class UpdateFailure extends Error {
  override readonly name = 'UpdateFailure';
  constructor(
    /** What was tried and what was seen, such as `download qemu/2/root.zst: the server answered 404`. */
    message: string,
    /** `next`: what a person can do. `passing`: trying again later may help by itself. */
    readonly about: { readonly next?: string; readonly passing?: boolean } = {},
  ) {
    super(message);
  }
}
