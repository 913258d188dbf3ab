import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from creators import fee_triggers


def make_triggers(apps, schema_editor):
    fee_triggers.make(schema_editor.connection)


def drop_triggers(apps, schema_editor):
    fee_triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FeeSchedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('valid_from', models.DateTimeField(verbose_name='holds from')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
            ],
            options={
                'verbose_name': 'platform fee',
                'verbose_name_plural': 'platform fees',
            },
        ),
        migrations.CreateModel(
            name='FeeTier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_minor', models.BigIntegerField()),
                ('basis_points', models.PositiveIntegerField()),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tiers', to='creators.feeschedule')),
            ],
        ),
        migrations.AddConstraint(
            model_name='feeschedule',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__gte', models.F('created_at'))), name='creators_feeschedule_not_backdated'),
        ),
        migrations.AddConstraint(
            model_name='feeschedule',
            constraint=models.CheckConstraint(condition=models.Q(('currency', ''), models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('currency'), 3), django.db.models.lookups.Exact(models.F('currency'), django.db.models.functions.text.Lower('currency'))), _connector='OR'), name='creators_feeschedule_currency_as_stripe'),
        ),
        migrations.AddConstraint(
            model_name='feeschedule',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='creators_feeschedule_has_name'),
        ),
        migrations.AddConstraint(
            model_name='feetier',
            constraint=models.UniqueConstraint(fields=('schedule', 'from_minor'), name='creators_feetier_one_from_each'),
        ),
        migrations.AddConstraint(
            model_name='feetier',
            constraint=models.CheckConstraint(condition=models.Q(('from_minor__gte', 0)), name='creators_feetier_not_below_zero'),
        ),
        migrations.AddConstraint(
            model_name='feetier',
            constraint=models.CheckConstraint(condition=models.Q(('basis_points__lte', 10000)), name='creators_feetier_not_above_all'),
        ),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
