import { useLocale } from '../i18n/locale';
import { categoryInWords } from '../lib/category';
import { useChoice } from '../lib/useChoice';
import styles from './CategoryFilter.module.css';

interface CategoryFilterProps {
  categories: string[];
  chosen: string;
  /** Told the category, or the empty string for any. */
  onChoose: (category: string) => void;
}

export function CategoryFilter({ categories, chosen, onChoose }: CategoryFilterProps) {
  const { messages } = useLocale();
  const [shown, choose] = useChoice(chosen, onChoose);
  const options = ['', ...categories];
  return (
    <fieldset className={styles.filter}>
      <legend className="visually-hidden">{messages.search.category}</legend>
      {options.map((category) => (
        <label key={category} className={styles.option}>
          <input
            type="radio"
            name="adx-category"
            value={category}
            checked={category === shown}
            onChange={() => {
              choose(category);
            }}
          />
          {category ? categoryInWords(category) : messages.search.anyCategory}
        </label>
      ))}
    </fieldset>
  );
}
