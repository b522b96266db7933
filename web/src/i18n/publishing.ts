/** The words of the page about who may publish for a namespace. */
export const publishing = {
  title: 'Publishing',
  introduction:
    'Which runs of CI systems may publish for a namespace, and what is asked of its releases.',
  choose: 'Whose publishing do you want to see?',
  trusted: 'Trusted publishers',
  trustedDetail:
    'Runs of these workflows exchange what their CI system says of them for a token of half an hour. Releases are signed by a key of the publisher as ever.',
  none: 'No workflow is trusted.',
  providers: { github: 'GitHub Actions', gitlab: 'GitLab CI/CD' },
  provider: 'CI system',
  repository: 'Repository',
  repositoryHint: 'Its name, for people: “octo-org/octo-repo”.',
  repositoryId: 'Number of the repository',
  repositoryIdHint:
    'Unlike its name it is never given to another. GitHub: repository_id, GitLab: project_id.',
  workflow: 'Workflow',
  workflowHint: 'Its file: “publish.yml” on GitHub, “.gitlab-ci.yml” on GitLab.',
  environment: 'Environment',
  environmentHint: 'That the run must be in. Empty: in any, or none.',
  ref: 'Branch or tag',
  refHint: 'In full, perhaps with * at the end: “refs/tags/v*”. Empty: of any.',
  modules: 'Modules',
  modulesHint: 'That it may publish: a name, a prefix with *, or *.',
  staged: 'Releases of it',
  stagedNo: 'are out at once',
  stagedYes: 'wait until an owner confirms them',
  isStaged: 'An owner confirms each release',
  addedAt: 'Since',
  add: 'Trust a workflow',
  addDetail: 'Takes as many owners as a change of keys. All of them are told by mail.',
  added: 'The workflow is trusted.',
  proposed: (left: number) =>
    left === 1
      ? 'It is proposed: one more owner has to approve.'
      : `It is proposed: ${left} more owners have to approve.`,
  remove: 'Remove',
  removeOf: (repository: string, workflow: string) => `Remove ${workflow} of ${repository}`,
  removeQuestion: (repository: string) => `Trust ${repository} no more?`,
  removeDetail: 'Its runs publish nothing any more, and tokens that they have count no more.',
  removeIt: 'Remove it',
  rules: 'What is asked of releases',
  rule: {
    'trusted-only': 'Only trusted publishers',
    staged: 'An owner confirms',
  },
  ruleDetail: {
    'trusted-only': 'Ordinary tokens publish nothing, and neither does whoever has stolen one.',
    staged: 'Each release waits until an owner confirms it.',
  },
  on: 'On',
  off: 'Off',
  turnOn: 'Turn on',
  turnOff: 'Turn off',
  turnOnOf: (rule: string) => `Turn on: ${rule}`,
  turnOffOf: (rule: string) => `Turn off: ${rule}`,
  turnOffDetail:
    'It takes a second owner where there is one, and is done three days after enough have approved, unless one of them objects. All are told by mail at once.',
  turnOffQuestion: (rule: string) => `Turn off “${rule}”?`,
  proposedOff: 'It is proposed: another owner has to approve.',
  turningOff: (when: string) => `It is turned off on ${when}, unless an owner objects.`,
};
