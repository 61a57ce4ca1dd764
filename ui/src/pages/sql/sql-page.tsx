import { Page } from "../../design/components/page.tsx";

export default function SqlPage() {
  return <Page title="Sql">{null}</Page>;
}
