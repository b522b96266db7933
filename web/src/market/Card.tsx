import { Form } from '../accounts/Form';
import { useSession } from '../accounts/session';
import { useAction } from '../accounts/useAction';
import type { Order } from '../api/market';
import { useLocale } from '../i18n/locale';
import { leave } from '../lib/leave';

interface CardProps {
  order: Order;
  csrf: string;
}

/** Goes to where the card is changed that later periods are taken from: whoever takes the money keeps it. */
export function Card({ order, csrf }: CardProps) {
  const { messages } = useLocale();
  const { market } = useSession();
  const action = useAction();
  const words = messages.market.orders;
  return (
    <Form
      action={action}
      submit={words.changeCard}
      onSubmit={async () => {
        leave(await market.card(csrf, order.id));
      }}
    >
      <p>{words.cardDetail}</p>
    </Form>
  );
}
