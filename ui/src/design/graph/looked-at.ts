/** Of a picture that is looked at and not edited: nothing in it is moved, joined or chosen by React Flow's own means. */
export const lookedAt = {
  nodesDraggable: false,
  nodesConnectable: false,
  nodesFocusable: false,
  edgesFocusable: false,
  elementsSelectable: false,
  proOptions: { hideAttribution: true },
} as const;
