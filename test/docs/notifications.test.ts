import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { incidentSchema } from '../../core/contracts/sweep/sweep-state';
import { escalationOf } from '../../core/domain/messages/escalation-message';
import { NOW } from '../kit/runs';
import { dataset } from '../kit/datasets';

const docs = join(__dirname, '..', '..', 'docs');
const notifications = readFileSync(join(docs, 'notifications.md'), 'utf8');
const runbook = readFileSync(join(docs, 'runbook.md'), 'utf8');
const kinds = incidentSchema.shape.kind.options;

describe('docs/notifications.md', () => {
  it('says of every kind of call when it begins and when it is over', () => {
    const rows = [...notifications.matchAll(/^\| `([a-z]+)` +\|.+\|.+\|$/gm)].map(([, kind]) => kind);
    expect(new Set(rows)).toEqual(new Set(kinds));
  });

  it.each(kinds)('has the section of the runbook that a call of kind %s names', (kind) => {
    const at = NOW.toISOString();
    const incident = { dataset: 'x', owner: 'y', severity: 'critical', summary: 's', since: at, markedAt: at } as const;
    const source = { namespace: 'n', topicArn: 'arn:aws:sns:eu-central-1:123456789012:t' };
    const { messages } = escalationOf({ ...incident, kind, phase: 'opening' }, false, source);
    const anchor = /docs\/runbook\.md#([a-z-]+)/.exec(messages.email)?.[1];
    const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(anchors).toContain(anchor);
  });

  it('has the defaults', () => {
    const { escalate, notify } = dataset();
    expect(notifications).toContain(`\`escalate.after\` (${escalate.after})`);
    expect(notifications).toContain(`\`escalate.hours\` (${escalate.hours})`);
    expect(notifications).toContain(`\`notify: { when: '${notify.when}' }\` (default)`);
  });
});
