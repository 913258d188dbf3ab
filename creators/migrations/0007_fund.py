import config.lib.public_id
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from creators import fund_triggers


def make_triggers(apps, schema_editor):
    fund_triggers.make(schema_editor.connection)


def drop_triggers(apps, schema_editor):
    fund_triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('creators', '0006_listener_exclusions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Period',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('number', models.PositiveSmallIntegerField(verbose_name='period')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('state', models.CharField(choices=[('open', 'running'), ('frozen', 'frozen'), ('tried', 'dry run'), ('published', 'published'), ('final', 'final'), ('paid', 'paid')], default='open', max_length=9, verbose_name='state')),
                ('budget', models.PositiveBigIntegerField(null=True, verbose_name='budget')),
                ('key', models.BinaryField(null=True)),
                ('appeal_until', models.DateTimeField(null=True, verbose_name='appeals until')),
            ],
            options={
                'verbose_name': 'period of the fund',
                'verbose_name_plural': 'fund: periods',
                'permissions': [('pay_period', 'Can pay a period of the fund')],
            },
        ),
        migrations.CreateModel(
            name='PeriodSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('why', models.CharField(blank=True, max_length=500)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='creators.period')),
            ],
        ),
        migrations.CreateModel(
            name='PeriodAllocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('given', models.PositiveBigIntegerField()),
                ('recipients', models.PositiveIntegerField()),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('snapshot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='allocation', to='creators.periodsnapshot')),
            ],
        ),
        migrations.CreateModel(
            name='PeriodStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'running'), ('frozen', 'frozen'), ('tried', 'dry run'), ('published', 'published'), ('final', 'final'), ('paid', 'paid')], max_length=9)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='creators.period')),
            ],
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('about', models.TextField(blank=True, max_length=2000, verbose_name='what it is for')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('open', 'open for applications'), ('closed', 'closed for applications')], default='draft', max_length=6, verbose_name='state')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('budget', models.PositiveBigIntegerField(verbose_name='budget of a period')),
                ('total', models.PositiveBigIntegerField(verbose_name='budget of all periods')),
                ('committed', models.PositiveBigIntegerField(default=0)),
                ('first_day', models.DateField(verbose_name='first day')),
                ('cadence', models.CharField(choices=[('week', 'every week'), ('month', 'every month')], default='month', max_length=5, verbose_name='cadence')),
                ('number_of_periods', models.PositiveSmallIntegerField(verbose_name='periods')),
                ('formula', models.CharField(choices=[('flat', 'the same stipend for each'), ('pro_rata', 'by minutes listened to'), ('user_centric', 'each listener’s equal part goes to whom they heard'), ('quadratic', 'by how many support somebody, more than by how much')], max_length=12, verbose_name='formula')),
                ('stipend', models.PositiveBigIntegerField(null=True)),
                ('creator_cap', models.PositiveBigIntegerField(null=True)),
                ('listener_cap', models.PositiveBigIntegerField(null=True)),
                ('min_listeners', models.PositiveIntegerField(default=0, verbose_name='different listeners at least')),
                ('min_followers', models.PositiveIntegerField(default=0, verbose_name='followers at least')),
                ('min_account_days', models.PositiveIntegerField(default=0, verbose_name='days with an account, at least')),
                ('verified_email', models.BooleanField(default=False, verbose_name='confirmed e-mail address')),
                ('rooms_per_week', models.PositiveSmallIntegerField(default=0, verbose_name='rooms a week at least')),
                ('min_age', models.PositiveSmallIntegerField(default=0, verbose_name='age at least')),
                ('most_periods', models.PositiveSmallIntegerField(null=True, verbose_name='periods for each creator at most')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('opened_at', models.DateTimeField(null=True, verbose_name='opened')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'programme of the fund',
                'verbose_name_plural': 'fund: programmes',
            },
        ),
        migrations.AddField(
            model_name='period',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='creators.programme', verbose_name='programme'),
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('person_key', models.CharField(max_length=14)),
                ('words', models.TextField(max_length=2000, verbose_name='words')),
                ('is_of_age', models.BooleanField(default=False, verbose_name='says to be of age')),
                ('state', models.CharField(choices=[('sent', 'sent'), ('accepted', 'accepted'), ('refused', 'refused'), ('withdrawn', 'withdrawn')], default='sent', max_length=9, verbose_name='state')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='sent')),
                ('reviewed_at', models.DateTimeField(null=True, verbose_name='reviewed')),
                ('withdrawn_at', models.DateTimeField(null=True, verbose_name='withdrawn')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('reviewer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='creators.programme')),
            ],
            options={
                'verbose_name': 'application to the fund',
                'verbose_name_plural': 'fund: applications',
            },
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('person_key', models.CharField(max_length=14)),
                ('words', models.TextField(max_length=2000, verbose_name='words')),
                ('state', models.CharField(choices=[('sent', 'sent'), ('accepted', 'accepted'), ('refused', 'refused')], default='sent', max_length=8, verbose_name='state')),
                ('answer', models.CharField(blank=True, max_length=500, verbose_name='answer')),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='sent')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='creators.period', verbose_name='period')),
            ],
            options={
                'verbose_name': 'appeal against a share',
                'verbose_name_plural': 'fund: appeals',
                'constraints': [models.UniqueConstraint(fields=('period', 'person_key'), name='creators_appeal_one_each'), models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('state', 'sent')), models.Q(('answered_at__isnull', False), ('state__in', ['accepted', 'refused']), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='creators_appeal_answered_has_answer')],
            },
        ),
        migrations.CreateModel(
            name='PeriodShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('creator_key', models.CharField(max_length=14)),
                ('minor', models.PositiveIntegerField()),
                ('reasons', models.JSONField(default=list)),
                ('allocation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='creators.periodallocation')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('allocation', 'creator_key'), name='creators_periodshare_one_each')],
            },
        ),
        migrations.AddConstraint(
            model_name='periodsnapshot',
            constraint=models.UniqueConstraint(fields=('period', 'version'), name='creators_periodsnapshot_versions'),
        ),
        migrations.AddConstraint(
            model_name='periodsnapshot',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('digest'), 64)), name='creators_periodsnapshot_digest_whole'),
        ),
        migrations.AddConstraint(
            model_name='periodsnapshot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('version', 1), ('why', '')), models.Q(('version__gt', 1), models.Q(('why', ''), _negated=True)), _connector='OR'), name='creators_periodsnapshot_says_why'),
        ),
        migrations.AddConstraint(
            model_name='periodallocation',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('digest'), 64)), name='creators_periodallocation_digest_whole'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='creators_programme_has_name'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('currency'), 3), django.db.models.lookups.Exact(models.F('currency'), django.db.models.functions.text.Lower('currency'))), name='creators_programme_currency_as_stripe'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('budget__gte', 1), ('budget__lte', 2147483647), ('total__gte', models.F('budget'))), name='creators_programme_budget'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('committed__lte', models.F('total'))), name='creators_programme_never_promises_more'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('number_of_periods__gte', 1), ('number_of_periods__lte', 120)), name='creators_programme_periods'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('formula__in', ['flat', 'pro_rata', 'user_centric', 'quadratic'])), name='creators_programme_formula'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(('cadence__in', ['week', 'month'])), name='creators_programme_cadence'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('formula', 'flat'), ('listener_cap', None), ('stipend__gte', 1), ('stipend__isnull', False)), models.Q(models.Q(('formula', 'flat'), _negated=True), ('stipend', None)), _connector='OR'), name='creators_programme_stipend_if_flat'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('opened_at', None), ('state', 'draft')), models.Q(('closed_at', None), ('opened_at__isnull', False), ('state', 'open')), models.Q(('closed_at__isnull', False), ('opened_at__isnull', False), ('state', 'closed')), _connector='OR'), name='creators_programme_state_has_times'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.UniqueConstraint(fields=('programme', 'number'), name='creators_period_one_of_each_number'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'frozen', 'tried', 'published', 'final', 'paid'])), name='creators_period_state_known'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day')), ('number__gte', 1)), name='creators_period_has_days'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('budget', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('budget__gte', 1), ('budget__isnull', False)), _connector='OR'), name='creators_period_frozen_has_budget'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('key__isnull', False), ('state__in', ['frozen', 'tried', 'published'])), models.Q(('key', None), ('state__in', ['open', 'final', 'paid'])), _connector='OR'), name='creators_period_forgets_its_key'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('appeal_until__isnull', True), ('state__in', ['open', 'frozen', 'tried'])), models.Q(('appeal_until__isnull', False), ('state__in', ['published', 'final', 'paid'])), _connector='OR'), name='creators_period_published_can_be_appealed'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['person'], name='creators_application_person'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('programme', 'person_key'), name='creators_application_one_each'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at', None), ('state', 'sent'), ('withdrawn_at', None)), models.Q(('reviewed_at__isnull', False), ('state__in', ['accepted', 'refused']), ('withdrawn_at', None)), models.Q(('state', 'withdrawn'), ('withdrawn_at__isnull', False)), _connector='OR'), name='creators_application_state_has_time'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='creators_application_refused_has_reason'),
        ),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
