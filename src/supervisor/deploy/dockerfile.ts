/**
 * The image of a project: its packages are installed in a stage that stays behind, and nothing of the tools for it comes along.
 * It needs a lock file, so that the image has what was tested.
 */
export function dockerfile(): string {
  return `# syntax=docker/dockerfile:1
# Made by \`millrace deploy\`: docker build -f deploy/<target>/Dockerfile -t <image> .
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY . .
USER node
ENTRYPOINT ["node_modules/.bin/millrace"]
CMD ["up"]
`;
}

/** What is no part of an image: data, secrets, what is installed anew. */
export function dockerignore(): string {
  return [".git", ".millrace", "node_modules", "deploy", "secrets", "*.log", ""].join("\n");
}
