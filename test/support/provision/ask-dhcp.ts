/** A program that asks for DHCP in whatever network it is started in: JSON of the askers in, JSON of the offers out. */
import { type Asker, exchange } from './dhcp.ts';

interface Question extends Asker {
  readonly port?: 67 | 4011;
}

const { questions, server, own } = JSON.parse(process.argv[2] ?? '') as {
  readonly questions: readonly Question[];
  readonly server: string;
  readonly own: string;
};
const offers = [];
for (const question of questions) {
  const offer = await exchange(question, { port: question.port ?? 67, server, own });
  offers.push(
    offer === undefined
      ? null
      : {
          address: offer.address,
          nextServer: offer.nextServer,
          bootFile: offer.bootFile,
          vendorClass: offer.vendorClass,
          codes: [...offer.options.keys()],
        },
  );
}
process.stdout.write(JSON.stringify(offers));
