import { Page } from "../../design/components/page.tsx";

export default function PlanPage() {
  return <Page title="Plan">{null}</Page>;
}
