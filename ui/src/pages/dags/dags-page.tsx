import { Page } from "../../design/components/page.tsx";

export default function DagsPage() {
  return <Page title="Dags">{null}</Page>;
}
