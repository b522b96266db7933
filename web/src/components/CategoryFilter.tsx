import { useLocale } from '../i18n/locale';
import { categoryInWords } from '../lib/category';
import { Pills } from './Pills';

interface CategoryFilterProps {
  categories: string[];
  chosen: string;
  /** Told the category, or the empty string for any. */
  onChoose: (category: string) => void;
}

export function CategoryFilter({ categories, chosen, onChoose }: CategoryFilterProps) {
  const { messages } = useLocale();
  return (
    <Pills
      name="adx-category"
      legend={messages.search.category}
      options={['', ...categories].map((category) => ({
        value: category,
        label: category ? categoryInWords(category) : messages.search.anyCategory,
      }))}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}
