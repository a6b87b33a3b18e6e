/** The small parts that all pages are made of. */

export { Button, Choice, CopyLink } from "./button";
export { Confirm, Dialog } from "./dialog";
export { Field, fieldError, SelectField } from "./field";
export { Facts, Page, Section } from "./page";
export { Empty, ListStates, Loading, ProblemNote, QueryStates } from "./states";
export { type Column, Table } from "./table";
export { useSay } from "./toast";
export { Badge, Day, Meter, Money, Price, Quantity, Time, type Tone } from "./values";
