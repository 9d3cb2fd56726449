/** Name of each picture in docs/pictures → name of the text in test/golden/installer. */
export declare const pictures: Readonly<Record<string, string>>;
export declare function drawScreen(text: string, title: string): string;
export declare function screenText(name: string): string;
export declare function titleOf(text: string): string;
