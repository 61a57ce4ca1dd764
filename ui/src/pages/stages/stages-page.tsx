import { Page } from "../../design/components/page.tsx";

export default function StagesPage() {
  return <Page title="Stages">{null}</Page>;
}
